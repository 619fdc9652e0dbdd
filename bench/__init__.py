"""The figures of `make bench`: each beside a control arm that does the same work in the same run."""
