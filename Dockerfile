# One image for every role: `docker run IMAGE worker`, or ROLE=worker. Any builder takes it, on amd64 and arm64.
ARG NODE_IMAGE=node:26-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# Packages first: a change of the sources needs no network.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY . .
RUN mkdir -p /out/app && node scripts/build.mjs program --out /out/app \
  && npm sbom --omit=dev --package-lock-only --sbom-format=cyclonedx > /out/app/sbom.cdx.json

FROM ${NODE_IMAGE}
ARG VERSION=""
ARG REVISION=""
# The workshop's first image has the bug of its first worker baked in; the fix is another image.
ARG FOUR_BYTE_BUG=off
LABEL org.opencontainers.image.title="coinroom" \
  org.opencontainers.image.description="A miner of pseudo-coins to teach, rehearse and test orchestration with" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/ /
# Any user may run it, and keep a wallet in /data.
RUN mkdir -m 1777 /data
# What glibc is given back it gives back: a worker takes 40 MB less.
ENV VERSION=${VERSION} REVISION=${REVISION} FOUR_BYTE_BUG=${FOUR_BYTE_BUG} \
  MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
VOLUME /data
WORKDIR /
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/app/main.mjs"]
