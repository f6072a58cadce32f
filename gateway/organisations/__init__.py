"""Organisations: their settings, their members, and who is invited to become one."""
