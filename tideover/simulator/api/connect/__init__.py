"""What an application connects by: the merchant's account, its events, the endpoints they are posted to."""
