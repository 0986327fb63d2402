/* shoal-server.h: a STUN or TURN server as a person sets it up; safe on any thread.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  SHOAL_SERVER_STUN,
  SHOAL_SERVER_TURN,
  SHOAL_SERVER_TURN_TCP,
  SHOAL_SERVER_TURN_TLS,
} ShoalServerKind;

typedef struct
{
  ShoalServerKind  kind;
  char            *host;     /* name or address */
  guint16          port;     /* 0: the usual one of its kind */
  char            *user;     /* (nullable) */
  char            *password; /* (nullable) */
} ShoalServer;

/* One of the setting "servers". INVALID says what is expected.
 * Returns: (transfer full) (nullable) */
ShoalServer *shoal_server_parse  (const char *text, GError **error);
/* As the setting has it. (transfer full) */
char        *shoal_server_format (const ShoalServer *server);
/* As the setting has it, for screens and reports: a password is SHOAL_SERVER_HIDDEN,
 * which is no password. (transfer full) */
char        *shoal_server_mask   (const char *text);
void         shoal_server_free   (ShoalServer *server);

#define SHOAL_SERVER_HIDDEN "…"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalServer, shoal_server_free)

G_END_DECLS
