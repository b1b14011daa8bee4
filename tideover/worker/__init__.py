"""Order and frequency: who runs what, when. Knows nothing of what an action does."""
