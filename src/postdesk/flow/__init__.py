"""Where mail meets tickets: fetch, sift, thread, deliver, announce, send. No tables here."""
