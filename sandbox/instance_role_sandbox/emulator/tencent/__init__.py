"""Tencent Cloud on loopback: CAM, CVM, VPC, STS behind one TC3 gateway, and the metadata service of instances."""
