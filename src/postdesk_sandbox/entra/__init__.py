"""Sign-in and tokens, as Microsoft Entra ID answers them."""
