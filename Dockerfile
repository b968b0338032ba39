FROM node:26-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY server/package.json server/
# The image already contains the Node that `npm ci` would install.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:26-slim AS modules
WORKDIR /src
COPY package.json package-lock.json ./
COPY server/package.json server/
RUN npm ci --ignore-scripts --omit=dev --workspace kmq-server

FROM node:26-slim
ENV NODE_ENV=production KMQ_HOST=0.0.0.0 KMQ_DATA=/var/lib/kmq
COPY --from=modules /src/node_modules /opt/kmq/node_modules
COPY --from=build /src/server /opt/kmq/server
COPY --from=build /src/dist /opt/kmq/dist
COPY --from=build /src/demo /opt/kmq/demo
RUN mkdir -p /var/lib/kmq && chown node:node /var/lib/kmq && chmod 700 /var/lib/kmq
# kmq reads a kmq.config.json that is mounted here.
WORKDIR /etc/kmq
USER node
VOLUME /var/lib/kmq
EXPOSE 8484
HEALTHCHECK --interval=30s --timeout=8s --start-period=30s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.KMQ_PORT || 8484}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without a shell as parent process, so that kmq gets SIGTERM.
ENTRYPOINT ["node", "/opt/kmq/server/bin/kmq.js"]
CMD ["serve"]
