# snell and git, for runners without Node.js:
#
#   docker build -t snell .
#   docker run --rm -v "$PWD:/work" snell check --changed
FROM rust:1.95-slim-trixie AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev binutils \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN scripts/build-static.sh /snell

FROM alpine:3.22
# `--staged` and `--changed` ask git. What is mounted belongs to another user than the one in here.
RUN apk add --no-cache git \
 && git config --system --add safe.directory '*'
COPY --from=build /snell /usr/local/bin/snell
WORKDIR /work
USER 1000
ENTRYPOINT ["snell"]
