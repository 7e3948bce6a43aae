"""Tencent Cloud: CAM roles on CVM instances."""
