"""What the job queue itself does not keep: why a try of a job failed."""

from django.db import models


class JobFailure(models.Model):
    """The last error of a job, in one masked line; removed once the job has ended well or is gone."""

    job_id = models.BigIntegerField(primary_key=True)
    error = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.job_id}: {self.error}"
