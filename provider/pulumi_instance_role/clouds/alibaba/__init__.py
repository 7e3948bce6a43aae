"""The adapter for Alibaba Cloud: RAM roles on ECS instances."""
