"""Blueprints, one a concern; views only translate HTTP."""
