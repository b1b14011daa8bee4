"""The shop's customers alive: they read mail, open pages, renew cards, pay, leave; and the town they live in."""
