"""The booth page: what staff need of the lot while the platform is out of reach, served by the lot itself."""
