"""What the county sees across everything: figures, dashboards, the drill-down to a person.

Measures nothing of its own: figures are declared by the apps that can measure them.
"""
