"""Pages of monitoring: the workbench, the tallies, the dashboard."""

from monitoring.views.workbench import workbench

__all__ = ["workbench"]
