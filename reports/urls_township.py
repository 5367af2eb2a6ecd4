"""Addresses under /reports/: township."""

from django.urls import path, re_path

from reports.views import township_block, township_dispatch, township_review

BLOCK = "fill-for/<int:form>/<str:period>/"
urlpatterns = [
    path("review/", township_review.month, name="township_review"),
    path("review/approve/", township_review.approve_clean, name="township_approve_clean"),
    path("review/undo/<uuid:act>/", township_review.undo, name="township_undo"),
    path("review/urge/", township_review.urge, name="township_urge"),
    path("review/export/", township_review.export, name="township_export"),
    path("review/<int:pk>/", township_review.assignment, name="township_assignment"),
    path("review/<int:pk>/history/<int:element>/", township_review.history, name="value_history"),
    re_path(
        r"^review/(?P<pk>\d+)/(?P<name>approve|return|submit_for)/$",
        township_review.step,
        name="township_step",
    ),
    path("fill-for/", township_block.home, name="fill_for"),
    path(BLOCK, township_block.grid, name="fill_for_grid"),
    path(f"{BLOCK}paste/", township_block.paste, name="block_paste"),
    path(f"{BLOCK}import/", township_block.upload, name="block_import"),
    path(f"{BLOCK}check/<int:check>/", township_block.check, name="block_check"),
    path(f"{BLOCK}check/<int:check>/wrong/", township_block.wrong, name="block_wrong"),
    path(f"{BLOCK}export/", township_block.export, name="block_export"),
    path(f"{BLOCK}submit/", township_block.hand_in, name="block_submit"),
    path("dispatch/", township_dispatch.dispatch, name="dispatch"),
    path("station/", township_dispatch.station, name="station"),
    path("station/back/", township_dispatch.hand_back, name="hand_back"),
]
