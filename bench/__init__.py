"""The yardstick: what a person waits for, on 100,000 customers, in a real Chromium and over the socket."""
