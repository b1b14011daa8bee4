"""The page on which a subscription is canceled before it renews, or before its trial ends."""
