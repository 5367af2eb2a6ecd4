"""Django with the owner's rights, set up once; import it before any model."""

import os

import django

os.environ["DATABASE_ROLE"] = "owner"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yitong_gov.settings")
django.setup()
