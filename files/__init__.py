"""Files that people upload: kept once, looked at, and sent. Knows nothing of people and chats.

models        StoredFile: every object in the storage      keeping     keep, use, release and delete them
avatars       pictures of people and rooms
kinds         what a file is, by its content               names       names of files, as people see them
images        pictures drawn anew, and their thumbs        decoder     the program that does it, apart from the server
scanning      ask a virus scanner                          serving     answer a request for one, whole or in part
"""
