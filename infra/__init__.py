"""The tools around the product: the local stack, set-up, operations, the demonstration."""

import warnings

# eventlet says at import that it is in bug-fix mode. That is known, and no news to who starts a tool.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
