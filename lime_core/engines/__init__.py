"""Running a network on masks: torch, OpenVINO or a plain function, in batches that fit."""
