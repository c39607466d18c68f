"""What every HTTP request goes through: proxies, body, admission, Django, middleware."""
