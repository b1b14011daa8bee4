"""`tideover notices`: what members are told by mail."""
