/* shoal-ice-server.c: STUN and TURN servers as people write them.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-net"

#include "config.h"

#include "shoal-ice.h"

#include "shoal-error.h"

#include <string.h>

#define DEFAULT_PORT 3478
#define DEFAULT_TLS_PORT 5349

static const struct
{
  const char         *scheme;
  ShoalIceServerKind  kind;
} SCHEMES[] = {
  { "stun:", SHOAL_ICE_STUN },
  { "turn:", SHOAL_ICE_TURN },
  { "turns:", SHOAL_ICE_TURN_TLS },
};

/* Errors are read by others, and copied into reports: none tells a password. */
static gboolean
refuse (GError **error, const char *text)
{
  const char *at = strrchr (text, '@');

  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                          "Such an address looks like stun:stun.example.org:3478 or "
                          "turn:user:password@turn.example.org:3478.",
                          "“%s” is not the address of a STUN or TURN server",
                          at != NULL ? at + 1 : text);
}

static gboolean
read_transport (ShoalIceServer *self, const char *query)
{
  if (query == NULL)
    return TRUE;
  if (self->kind == SHOAL_ICE_TURN && g_str_equal (query, "transport=tcp"))
    self->kind = SHOAL_ICE_TURN_TCP;
  else if (!(self->kind == SHOAL_ICE_TURN && g_str_equal (query, "transport=udp"))
           && !(self->kind == SHOAL_ICE_TURN_TLS && g_str_equal (query, "transport=tcp")))
    return FALSE;
  return TRUE;
}

ShoalIceServer *
shoal_ice_server_parse (const char *text, GError **error)
{
  g_autoptr (ShoalIceServer) self = g_new0 (ShoalIceServer, 1);
  g_autoptr (GUri) uri = NULL;
  g_autofree char *url = NULL;
  guint i = 0;
  int port;

  while (i < G_N_ELEMENTS (SCHEMES)
         && g_ascii_strncasecmp (text, SCHEMES[i].scheme, strlen (SCHEMES[i].scheme)) != 0)
    i++;
  if (i < G_N_ELEMENTS (SCHEMES) && strstr (text, "//") == NULL)
    {
      /* These schemes have no "//"; with it GUri knows user, host and port. */
      url = g_strdup_printf ("x://%s", text + strlen (SCHEMES[i].scheme));
      uri = g_uri_parse (url, G_URI_FLAGS_HAS_PASSWORD, NULL);
      self->kind = SCHEMES[i].kind;
    }
  if (uri == NULL || g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0'
      || g_uri_get_path (uri)[0] != '\0' || g_uri_get_fragment (uri) != NULL
      || !read_transport (self, g_uri_get_query (uri))
      || (self->kind == SHOAL_ICE_STUN && g_uri_get_user (uri) != NULL))
    {
      refuse (error, text);
      return NULL;
    }

  port = g_uri_get_port (uri);
  self->port = (guint16) (port > 0 ? port : self->kind == SHOAL_ICE_TURN_TLS ? DEFAULT_TLS_PORT
                                                                              : DEFAULT_PORT);
  self->host = g_strdup (g_uri_get_host (uri));
  self->user = g_strdup (g_uri_get_user (uri));
  self->password = g_strdup (g_uri_get_password (uri));
  return g_steal_pointer (&self);
}

void
shoal_ice_server_free (ShoalIceServer *server)
{
  g_free (server->host);
  g_free (server->user);
  g_free (server->password);
  g_free (server);
}
