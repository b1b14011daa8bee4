"""The team: who belongs to an organization, with which role; invitations and how they are taken."""
