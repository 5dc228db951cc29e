# DMT in one small image: docker build -t dmt . && docker run -p 127.0.0.1:8080:8080 -v dmt:/var/lib/dmt dmt
# The steps are plain shell (scripts/image-build.sh, scripts/image-runtime.sh), so that
# scripts/check-image.sh can run the very same ones on a bare Debian without a container engine.

FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY scripts/image-build.sh scripts/
RUN scripts/image-build.sh packages
COPY . .
RUN scripts/image-build.sh build /out

FROM debian:bookworm-slim
COPY scripts/image-runtime.sh /tmp/
RUN /tmp/image-runtime.sh && rm /tmp/image-runtime.sh
COPY --from=build /out/dmt /usr/local/bin/dmt
USER 10001:10001
WORKDIR /var/lib/dmt
VOLUME /var/lib/dmt
# In a container the loopback address would reach nobody; publish the port as narrowly as you need.
ENV DMT_BIND=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["dmt", "health"]
ENTRYPOINT ["dmt"]
