"""What is measured, beside a peer and the physical limit in the same run. No part of the test run."""
