"""Control calls: what a test or a demonstration may do to the tenant from outside."""
