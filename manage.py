#!/usr/bin/env python
"""Django's own commands (migrations, checks) on this checkout."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    execute_from_command_line(sys.argv)
