"""The account whose fourth event nobody can read, and whom it belongs to."""

SECRET = "Zhang San 13800000000"
STREAM = "account-3"


class Logs(dict):
    """Some stores by service, where all logs are wanted."""

    @property
    def stores(self):
        return self
