"""People and how they prove who they are: passwords, an OpenID provider, browser sessions, mail.

address and password --> signing_in --> sessions --> cookie, Principal
OpenID provider --> oidc --> linking --^
token from a message --> email_tokens --> accounts (verified, new password)
"""
