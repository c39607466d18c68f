"""The settings, with another channel layer than our own: CHANNEL_LAYER names its class."""

import os

from chatproject.settings import *  # noqa: F403
from chatproject.settings import REDIS_URL

CHANNEL_LAYERS = {
    "default": {"BACKEND": os.environ["CHANNEL_LAYER"], "CONFIG": {"hosts": [{"address": REDIS_URL}]}}
}
