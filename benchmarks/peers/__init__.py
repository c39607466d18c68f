"""The servers that ours is measured beside. Each speaks the same few frames and knows no users and no policy; Prosody,
which does, speaks XMPP.
"""
