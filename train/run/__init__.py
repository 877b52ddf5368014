"""Many trainings: in worker processes or over a mesh, with checkpoints and a report."""
