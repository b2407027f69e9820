#!/bin/sh
# Asked before an installed package starts its service: on a machine that runs it may, while an image is built it may not.
[ -e /run/machine ] || exit 101
