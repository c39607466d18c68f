"""Files that people upload: kept once, looked at, and sent. Knows nothing of people and chats.

models        StoredFile: every object in the storage      keeping     keep, use, release and delete them
serving       answer a request for one, whole or in part
"""
