/* shoal-daemon-responder.c: mDNS through avahi-daemon, by D-Bus.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The daemon's objects send their signals to whoever made them. Since Avahi 0.8 an object is made
 * first and started then, when its path is known; before, signals may be here before the reply
 * that tells the path: these wait in `early`. One subscription covers all of them.
 *
 * A browser lists names per interface and IP family; each is followed by a resolver, which stays
 * and reports changes.
 */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-daemon-private.h"

#include "shoal-mdns.h"
#include "shoal-txt.h"

#include <avahi-common/error.h>
#include <net/if.h>

#define CALL_TIMEOUT 10000 /* ms */
#define MAX_EARLY 256u
/* The system bus lets a connection wait for 128 answers. */
#define MAX_ASKED 32u

typedef struct
{
  char         *key;    /* (owned): see make_key() */
  char         *name;   /* (owned) */
  char         *path;   /* (owned) (nullable): until the daemon tells */
  guint         interface;
  GSocketFamily family;
} Resolver;

typedef struct
{
  char     *path;
  char     *member;
  GVariant *parameters;
} EarlySignal;

static void on_signal_of (ShoalDaemon *self, const char *path, const char *member,
                          GVariant *parameters);

/* --- Life ---------------------------------------------------------------- */

static void
early_signal_free (EarlySignal *self)
{
  g_free (self->path);
  g_free (self->member);
  g_variant_unref (self->parameters);
  g_free (self);
}

static void
resolver_free (Resolver *self)
{
  g_free (self->key);
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

ShoalDaemon *
shoal_daemon_ref (ShoalDaemon *self)
{
  self->refs++;
  return self;
}

void
shoal_daemon_unref (ShoalDaemon *self)
{
  if (--self->refs > 0)
    return;

  g_ptr_array_unref (self->groups);
  g_hash_table_unref (self->by_path);
  g_hash_table_unref (self->resolvers);
  g_queue_clear_full (&self->early, (GDestroyNotify) early_signal_free);
  g_queue_clear_full (&self->waiting, g_free);
  g_free (self->browser);
  g_free (self->owner);
  g_object_unref (self->bus);
  g_free (self);
}

char *
shoal_daemon_explain (const GError *error)
{
  g_autoptr (GError) copy = g_error_copy (error);

  g_dbus_error_strip_remote_error (copy);
  return g_strdup (copy->message);
}

static void
fail (ShoalDaemon *self, const char *what, const GError *error)
{
  g_autofree char *why = shoal_daemon_explain (error);
  g_autofree char *reason = NULL;

  reason = g_strdup_printf ("The system's mDNS daemon (avahi-daemon) does not work: %s (%s).", what,
                            why);
  self->base.events->failed (reason, self->base.user_data);
}

/* --- Calls --------------------------------------------------------------- */

typedef struct
{
  ShoalDaemon     *daemon; /* (owned) */
  ShoalDaemonReply reply;
  gpointer         user_data;
  GDestroyNotify   free_func;
} Call;

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (!call->daemon->closed)
    call->reply (call->daemon, reply, error, call->user_data);

  if (call->free_func != NULL)
    call->free_func (call->user_data);
  shoal_daemon_unref (call->daemon);
  g_free (call);
}

void
shoal_daemon_call (ShoalDaemon     *self,
                   const char      *path,
                   const char      *interface,
                   const char      *method,
                   GVariant        *parameters,
                   const char      *reply_type,
                   ShoalDaemonReply reply,
                   gpointer         user_data,
                   GDestroyNotify   free_func)
{
  Call *call = NULL;

  if (reply != NULL)
    {
      call = g_new0 (Call, 1);
      call->daemon = shoal_daemon_ref (self);
      call->reply = reply;
      call->user_data = user_data;
      call->free_func = free_func;
    }
  else if (free_func != NULL)
    free_func (user_data);

  /* Without a callback the bus expects no answer, and counts none. */
  g_main_context_push_thread_default (self->base.context);
  g_dbus_connection_call (self->bus, self->owner, path, interface, method, parameters,
                          G_VARIANT_TYPE (reply_type), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          CALL_TIMEOUT, NULL, call != NULL ? on_reply : NULL, call);
  g_main_context_pop_thread_default (self->base.context);
}

const char *
shoal_daemon_server_interface (ShoalDaemon *self)
{
  return self->old_api ? AVAHI_SERVER_INTERFACE : AVAHI_SERVER2_INTERFACE;
}

/* Of an object of ours; nobody waits for the answer. */
static void
tell_object (ShoalDaemon *self, const char *path, const char *interface, const char *method)
{
  shoal_daemon_call (self, path, interface, method, NULL, "()", NULL, NULL, NULL);
}

/* --- Resolving ----------------------------------------------------------- */

static char *
make_key (int interface, int protocol, const char *name)
{
  return g_strdup_printf ("%d/%d/%s", interface, protocol, name);
}

static void ask_for_resolvers (ShoalDaemon *self);

/* What came before the path it belongs to. */
static void
deliver_early (ShoalDaemon *self, const char *path)
{
  for (GList *l = self->early.head, *next; l != NULL; l = next)
    {
      EarlySignal *early = l->data;

      next = l->next;
      if (strcmp (early->path, path) == 0)
        {
          g_queue_delete_link (&self->early, l);
          if (!self->closed)
            on_signal_of (self, path, early->member, early->parameters);
          early_signal_free (early);
        }
    }
  if (self->n_unknown == 0)
    g_queue_clear_full (&self->early, (GDestroyNotify) early_signal_free);
}

static void
on_resolver_made (ShoalDaemon *self, GVariant *reply, const GError *error, gpointer user_data)
{
  const char *key = user_data;
  Resolver *resolver = g_hash_table_lookup (self->resolvers, key);
  const char *path;

  self->n_unknown--;
  ask_for_resolvers (self);
  if (error != NULL)
    {
      g_debug ("No resolver for “%s”: %s", key, error->message);
      if (resolver != NULL && resolver->path == NULL)
        g_hash_table_remove (self->resolvers, key);
      return;
    }

  g_variant_get (reply, "(&o)", &path);
  /* Gone meanwhile; or gone and back, and this is the first one's answer: either will do. */
  if (resolver == NULL || resolver->path != NULL)
    {
      tell_object (self, path, AVAHI_RESOLVER_INTERFACE, "Free");
      return;
    }

  resolver->path = g_strdup (path);
  g_hash_table_insert (self->by_path, resolver->path, resolver);
  if (!self->old_api)
    {
      tell_object (self, path, AVAHI_RESOLVER_INTERFACE, "Start");
      return;
    }

  deliver_early (self, path);
}

static void
ask_for_resolvers (ShoalDaemon *self)
{
  while (self->n_unknown < MAX_ASKED && !g_queue_is_empty (&self->waiting))
    {
      g_autofree char *key = g_queue_pop_head (&self->waiting);
      const Resolver *resolver = g_hash_table_lookup (self->resolvers, key);
      int protocol;

      if (resolver == NULL)
        continue;
      self->n_unknown++;
      protocol = resolver->family == G_SOCKET_FAMILY_IPV6 ? AVAHI_PROTO_INET6 : AVAHI_PROTO_INET;
      /* The address family is that of the packets: so each family is tried by itself. */
      shoal_daemon_call (self, "/", shoal_daemon_server_interface (self),
                         self->old_api ? "ServiceResolverNew" : "ServiceResolverPrepare",
                         g_variant_new ("(iisssiu)", (int) resolver->interface, protocol,
                                        resolver->name, SHOAL_MDNS_SERVICE_TYPE, "local", protocol,
                                        0u),
                         "(o)", on_resolver_made, g_strdup (key), g_free);
    }
}

static void
add_resolver (ShoalDaemon *self, int interface, int protocol, const char *name)
{
  g_autofree char *key = make_key (interface, protocol, name);
  Resolver *resolver;

  if (g_hash_table_contains (self->resolvers, key)
      || g_hash_table_size (self->resolvers) >= SHOAL_MAX_SIGHTINGS
      || g_queue_get_length (&self->waiting) >= 2 * SHOAL_MAX_SIGHTINGS)
    return;

  resolver = g_new0 (Resolver, 1);
  resolver->key = g_strdup (key);
  resolver->name = g_strdup (name);
  resolver->interface = (guint) interface;
  resolver->family = protocol == AVAHI_PROTO_INET6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;
  g_hash_table_insert (self->resolvers, resolver->key, resolver);
  g_queue_push_tail (&self->waiting, g_steal_pointer (&key));
  ask_for_resolvers (self);
}

static void
remove_resolver (ShoalDaemon *self, int interface, int protocol, const char *name)
{
  g_autofree char *key = make_key (interface, protocol, name);
  Resolver *resolver = g_hash_table_lookup (self->resolvers, key);

  if (resolver == NULL)
    return;
  shoal_sightings_remove (self->base.sightings, resolver->interface, resolver->family, name);
  if (resolver->path != NULL)
    {
      tell_object (self, resolver->path, AVAHI_RESOLVER_INTERFACE, "Free");
      g_hash_table_remove (self->by_path, resolver->path);
    }
  g_hash_table_remove (self->resolvers, key);
}

static void
on_found (ShoalDaemon *self, Resolver *resolver, GVariant *parameters)
{
  g_autoptr (GPtrArray) strings = shoal_txt_strings_new ();
  g_autoptr (GVariantIter) txt = NULL;
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GVariant) string = NULL;
  const char *text;
  guint16 port;

  g_variant_get (parameters, "(iissssi&sqaayu)", NULL, NULL, NULL, NULL, NULL, NULL, NULL, &text,
                 &port, &txt, NULL);
  while (g_variant_iter_loop (txt, "@ay", &string))
    {
      gsize size;
      gconstpointer data = g_variant_get_fixed_array (string, &size, 1);

      shoal_txt_strings_add (strings, data, size);
    }

  address = g_inet_address_new_from_string (text);
  if (address != NULL)
    shoal_responder_resolved (&self->base, resolver->interface, resolver->family, resolver->name,
                              address, port, strings);
}

/* --- Browsing ------------------------------------------------------------ */

static void
on_browser_signal (ShoalDaemon *self, const char *member, GVariant *parameters)
{
  const char *name, *text;
  int interface, protocol;

  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(iisssu)")))
    {
      g_variant_get (parameters, "(ii&sssu)", &interface, &protocol, &name, NULL, NULL, NULL);
      if (strcmp (member, "ItemNew") == 0)
        add_resolver (self, interface, protocol, name);
      else if (strcmp (member, "ItemRemove") == 0)
        remove_resolver (self, interface, protocol, name);
    }
  else if (strcmp (member, "AllForNow") == 0)
    self->base.events->settled (self->base.user_data);
  else if (strcmp (member, "Failure") == 0 && g_variant_is_of_type (parameters,
                                                                   G_VARIANT_TYPE ("(s)")))
    {
      g_autoptr (GError) error = NULL;

      g_variant_get (parameters, "(&s)", &text);
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, text);
      fail (self, "it cannot look for services", error);
    }
}

/* A signal of an object whose path is known. */
static void
on_signal_of (ShoalDaemon *self, const char *path, const char *member, GVariant *parameters)
{
  Resolver *resolver = g_hash_table_lookup (self->by_path, path);

  if (resolver == NULL)
    {
      if (g_strcmp0 (self->browser, path) == 0)
        on_browser_signal (self, member, parameters);
      return;
    }

  if (strcmp (member, "Found") == 0
      && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(iissssisqaayu)")))
    on_found (self, resolver, parameters);
  else if (strcmp (member, "Failure") == 0)
    shoal_sightings_set (self->base.sightings, resolver->interface, resolver->family,
                         resolver->name, NULL, NULL);
}

static void
on_server_state (ShoalDaemon *self, AvahiServerState state)
{
  self->state = state;
  g_debug ("avahi-daemon is in state %d", (int) state);
  shoal_daemon_groups_on_state (self);
}

static void
on_signal (GDBusConnection *bus,
           const char      *sender,
           const char      *path,
           const char      *interface,
           const char      *member,
           GVariant        *parameters,
           gpointer         user_data)
{
  ShoalDaemon *self = user_data;
  gboolean known;

  if (self->closed)
    return;

  if (strcmp (interface, AVAHI_ENTRY_GROUP_INTERFACE) == 0)
    {
      shoal_daemon_groups_signal (self, path, member, parameters);
      return;
    }
  if (strcmp (interface, AVAHI_SERVER_INTERFACE) == 0
      || strcmp (interface, AVAHI_SERVER2_INTERFACE) == 0)
    {
      int state;

      if (strcmp (member, "StateChanged") == 0
          && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(is)")))
        {
          g_variant_get (parameters, "(is)", &state, NULL);
          on_server_state (self, (AvahiServerState) state);
        }
      return;
    }

  known = g_strcmp0 (self->browser, path) == 0 || g_hash_table_contains (self->by_path, path);
  if (known)
    on_signal_of (self, path, member, parameters);
  else if (self->old_api && self->n_unknown > 0 && g_queue_get_length (&self->early) < MAX_EARLY)
    {
      EarlySignal *early = g_new0 (EarlySignal, 1);

      early->path = g_strdup (path);
      early->member = g_strdup (member);
      early->parameters = g_variant_ref (parameters);
      g_queue_push_tail (&self->early, early);
    }
}

/* --- Beginning ----------------------------------------------------------- */

static void begin (ShoalDaemon *self);

static void
on_browser_made (ShoalDaemon *self, GVariant *reply, const GError *error, gpointer user_data)
{
  self->n_unknown--;
  if (error != NULL)
    {
      if (!self->old_api
          && (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)
              || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE)))
        {
          self->old_api = TRUE;
          begin (self);
        }
      else
        fail (self, "it does not let us look for services", error);
      return;
    }

  g_variant_get (reply, "(o)", &self->browser);
  if (!self->old_api)
    tell_object (self, self->browser, AVAHI_BROWSER_INTERFACE, "Start");

  self->base.events->ready (self->base.user_data);
  deliver_early (self, self->browser);
}

static void
on_state_told (ShoalDaemon *self, GVariant *reply, const GError *error, gpointer user_data)
{
  int state;

  if (error != NULL)
    {
      fail (self, "it does not answer", error);
      return;
    }
  g_variant_get (reply, "(i)", &state);
  on_server_state (self, (AvahiServerState) state);
}

static void
begin (ShoalDaemon *self)
{
  self->n_unknown++;
  shoal_daemon_call (self, "/", shoal_daemon_server_interface (self),
                     self->old_api ? "ServiceBrowserNew" : "ServiceBrowserPrepare",
                     g_variant_new ("(iissu)", AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                    SHOAL_MDNS_SERVICE_TYPE, "local", 0u),
                     "(o)", on_browser_made, NULL, NULL);
}

static void
daemon_free (ShoalResponder *base)
{
  ShoalDaemon *self = (ShoalDaemon *) base;

  shoal_daemon_groups_clear (self);
  if (self->browser != NULL)
    tell_object (self, self->browser, AVAHI_BROWSER_INTERFACE, "Free");
  self->closed = TRUE;
  g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  shoal_daemon_unref (self);
}

ShoalResponder *
shoal_daemon_responder_new (const ShoalResponder *base,
                            GDBusConnection      *bus,
                            const char           *owner,
                            gboolean              old_api)
{
  ShoalDaemon *self = g_new0 (ShoalDaemon, 1);

  self->base = *base;
  self->base.publish = shoal_daemon_publish;
  self->base.update = shoal_daemon_update;
  self->base.withdraw = shoal_daemon_withdraw;
  self->base.free = daemon_free;
  self->refs = 1;
  self->bus = g_object_ref (bus);
  self->owner = g_strdup (owner);
  self->old_api = old_api;
  self->resolvers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                           (GDestroyNotify) resolver_free);
  self->by_path = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->early);
  g_queue_init (&self->waiting);
  shoal_daemon_groups_init (self);

  g_main_context_push_thread_default (self->base.context);
  self->subscription
    = g_dbus_connection_signal_subscribe (bus, owner, NULL, NULL, NULL, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_signal,
                                          shoal_daemon_ref (self),
                                          (GDestroyNotify) shoal_daemon_unref);
  g_main_context_pop_thread_default (self->base.context);

  shoal_daemon_call (self, "/", AVAHI_SERVER_INTERFACE, "GetState", NULL, "(i)", on_state_told,
                     NULL, NULL);
  begin (self);
  return &self->base;
}
