"""Meetings and documents."""
