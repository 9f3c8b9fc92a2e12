"""People and where work goes: persons, clients, techs, tech groups, request types."""
