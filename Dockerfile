# The program alone in an empty image: the mock provider for other containers, and a layer to copy into an app's image.
# Needs BuildKit: docker build --tag quintain .
FROM rust:1-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes musl-tools \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add "$(uname -m)-unknown-linux-musl" \
    && mkdir --parents /image \
    && mkdir --mode 1777 /image/tmp
ENV CC_x86_64_unknown_linux_musl=musl-gcc \
    CC_aarch64_unknown_linux_musl=musl-gcc
WORKDIR /quintain
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/quintain/target \
    cargo build --locked --profile dist --target "$(uname -m)-unknown-linux-musl" --bin quintain \
    && install --strip "target/$(uname -m)-unknown-linux-musl/dist/quintain" /image/quintain \
    && cp LICENSE-MIT LICENSE-APACHE /image/

FROM scratch
COPY --from=build /image /
USER 65534:65534
EXPOSE 4455
HEALTHCHECK --interval=10s --timeout=6s --start-period=2s CMD ["/quintain", "health"]
ENTRYPOINT ["/quintain"]
# Everybody who reaches the provider can log in as anybody. `--issuer` is for the name by which others reach it,
# `--host` for several names.
CMD ["serve", "--listen", "0.0.0.0:4455", "--expose"]
