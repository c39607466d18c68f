"""What every HTTP request goes through, in this order: proxies, body, admission, handler (Django), middleware."""
