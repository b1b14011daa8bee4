"""`python -m tideover` is `tideover`."""

from tideover.cli.main import app

app()
