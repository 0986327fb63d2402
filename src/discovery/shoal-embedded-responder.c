/* shoal-embedded-responder.c: mDNS by ourselves, with libavahi-core.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For computers without a daemon, and sandboxes that cannot reach it: so it must live beside one.
 * It therefore bears a random host name of its own and publishes its addresses itself, without
 * the records from address to name, which the daemon claims and would defend.
 */

#define G_LOG_DOMAIN "shoal-discovery"

#include "config.h"

#include "shoal-responder.h"

#include "shoal-mdns.h"
#include "shoal-own-addresses.h"
#include "shoal-txt.h"

#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/strlst.h>
#include <avahi-core/core.h>
#include <avahi-core/log.h>
#include <avahi-core/lookup.h>
#include <avahi-core/publish.h>

#define MAX_NAMES 100u

typedef struct
{
  ShoalResponder        base;
  AvahiPoll            *poll;      /* (owned) */
  AvahiServer          *server;    /* (owned) (nullable): it could not be made */
  AvahiSServiceBrowser *browser;   /* (owned) (nullable) */
  GHashTable           *resolvers; /* (owned) (element-type utf8 Resolver) */
  GPtrArray            *services;  /* (owned) (element-type Announced) */
  GPtrArray            *addresses; /* (owned) (element-type Address) */
  ShoalAddressWatch    *watch;     /* (owned) */
  char                 *trouble;   /* (owned) (nullable) */
  guint                 start_timer, trouble_timer, name_timer;
} Embedded;

typedef struct
{
  Embedded              *embedded; /* (unowned) */
  AvahiSServiceResolver *resolver; /* (owned) */
  char                  *name;     /* (owned) */
} Resolver;

typedef struct
{
  Embedded         *embedded; /* (unowned) */
  ShoalService     *service;  /* (unowned) */
  AvahiSEntryGroup *group;    /* (owned) */
  guint             n_names;
} Announced;

/* One of our addresses, as published. */
typedef struct
{
  guint             interface;
  GInetAddress     *address; /* (owned) */
  AvahiSEntryGroup *group;   /* (owned) */
} Address;

static void add (Announced *self);

/* --- Trouble ------------------------------------------------------------- */

static void
on_trouble (gpointer user_data)
{
  Embedded *self = user_data;

  self->trouble_timer = 0;
  self->base.events->failed (self->trouble, self->base.user_data);
}

/* Avahi may be calling us: it cannot be freed now. */
static void
fail (Embedded *self, int error)
{
  g_free (self->trouble);
  self->trouble = g_strdup_printf ("Devices on the local network cannot be found: %s. Another "
                                   "program may keep UDP port 5353 for itself.",
                                   avahi_strerror (error));
  if (self->trouble_timer == 0)
    self->trouble_timer = shoal_runtime_add_timer (self->base.runtime, 0, on_trouble, self);
}

/* --- Resolving and browsing ---------------------------------------------- */

static GSocketFamily
family_of (AvahiProtocol protocol)
{
  return protocol == AVAHI_PROTO_INET6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4;
}

static void
resolver_free (Resolver *self)
{
  avahi_s_service_resolver_free (self->resolver);
  g_free (self->name);
  g_free (self);
}

static void
on_resolved (AvahiSServiceResolver *resolver,
             AvahiIfIndex           interface,
             AvahiProtocol          protocol,
             AvahiResolverEvent     event,
             const char            *name,
             const char            *type,
             const char            *domain,
             const char            *host,
             const AvahiAddress    *address,
             uint16_t               port,
             AvahiStringList       *txt,
             AvahiLookupResultFlags flags,
             void                  *user_data)
{
  Resolver *self = user_data;
  ShoalResponder *base = &self->embedded->base;
  g_autoptr (GPtrArray) strings = NULL;
  g_autoptr (GInetAddress) inet = NULL;

  if (event == AVAHI_RESOLVER_FAILURE || address == NULL)
    {
      shoal_sightings_set (base->sightings, (guint) interface, family_of (protocol), self->name,
                           NULL, NULL);
      return;
    }

  strings = shoal_txt_strings_new ();
  for (; txt != NULL; txt = avahi_string_list_get_next (txt))
    shoal_txt_strings_add (strings, avahi_string_list_get_text (txt),
                           avahi_string_list_get_size (txt));
  inet = g_inet_address_new_from_bytes ((const guint8 *) &address->data,
                                        family_of (address->proto));
  shoal_responder_resolved (base, (guint) interface, family_of (protocol), self->name, inet, port,
                            strings);
}

static void
add_resolver (Embedded     *self,
              AvahiIfIndex  interface,
              AvahiProtocol protocol,
              const char   *name,
              const char   *type,
              const char   *domain)
{
  g_autofree char *key = g_strdup_printf ("%d/%d/%s", interface, protocol, name);
  Resolver *resolver;

  if (g_hash_table_contains (self->resolvers, key)
      || g_hash_table_size (self->resolvers) >= SHOAL_MAX_SIGHTINGS)
    return;

  resolver = g_new0 (Resolver, 1);
  resolver->embedded = self;
  resolver->name = g_strdup (name);
  resolver->resolver = avahi_s_service_resolver_new (self->server, interface, protocol, name, type,
                                                     domain, protocol, 0, on_resolved, resolver);
  if (resolver->resolver == NULL)
    {
      g_debug ("No resolver for “%s”: %s", name,
               avahi_strerror (avahi_server_errno (self->server)));
      g_free (resolver->name);
      g_free (resolver);
      return;
    }
  g_hash_table_insert (self->resolvers, g_steal_pointer (&key), resolver);
}

static void
on_browsed (AvahiSServiceBrowser  *browser,
            AvahiIfIndex           interface,
            AvahiProtocol          protocol,
            AvahiBrowserEvent      event,
            const char            *name,
            const char            *type,
            const char            *domain,
            AvahiLookupResultFlags flags,
            void                  *user_data)
{
  Embedded *self = user_data;
  g_autofree char *key = NULL;

  switch (event)
    {
    case AVAHI_BROWSER_NEW:
      add_resolver (self, interface, protocol, name, type, domain);
      break;

    case AVAHI_BROWSER_REMOVE:
      key = g_strdup_printf ("%d/%d/%s", interface, protocol, name);
      shoal_sightings_remove (self->base.sightings, (guint) interface, family_of (protocol), name);
      g_hash_table_remove (self->resolvers, key);
      break;

    case AVAHI_BROWSER_ALL_FOR_NOW:
      self->base.events->settled (self->base.user_data);
      break;

    case AVAHI_BROWSER_FAILURE:
      fail (self, avahi_server_errno (self->server));
      break;

    case AVAHI_BROWSER_CACHE_EXHAUSTED:
    default:
      break;
    }
}

/* --- Our own name and addresses ------------------------------------------ */

static void
address_free (Address *self)
{
  avahi_s_entry_group_free (self->group);
  g_object_unref (self->address);
  g_free (self);
}

static char *
random_host_name (Embedded *self)
{
  return g_strdup_printf ("shoal-%012" G_GINT64_MODIFIER "x",
                          shoal_runtime_random_u64 (self->base.runtime) & 0xffffffffffff);
}

static gboolean
is_published (Embedded *self, const ShoalOwnAddress *wanted)
{
  for (guint i = 0; i < self->addresses->len; i++)
    {
      const Address *address = g_ptr_array_index (self->addresses, i);

      if (address->interface == wanted->interface
          && g_inet_address_equal (address->address, wanted->address))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_wanted (GPtrArray *wanted, const Address *address)
{
  for (guint i = 0; i < wanted->len; i++)
    {
      const ShoalOwnAddress *own = g_ptr_array_index (wanted, i);

      if (address->interface == own->interface
          && g_inet_address_equal (address->address, own->address))
        return TRUE;
    }
  return FALSE;
}

static void publish_addresses (gpointer user_data);

static void
on_name_taken (gpointer user_data)
{
  Embedded *self = user_data;
  g_autofree char *name = random_host_name (self);

  self->name_timer = 0;
  g_ptr_array_set_size (self->addresses, 0);
  avahi_server_set_host_name (self->server, name);
  publish_addresses (self);
  for (guint i = 0; i < self->services->len; i++)
    add (g_ptr_array_index (self->services, i));
}

static void
on_address_group (AvahiServer         *server,
                  AvahiSEntryGroup    *group,
                  AvahiEntryGroupState state,
                  void                *user_data)
{
  Embedded *self = user_data;

  if (state == AVAHI_ENTRY_GROUP_COLLISION && self->name_timer == 0)
    self->name_timer = shoal_runtime_add_timer (self->base.runtime, 0, on_name_taken, self);
}

static void
publish_address (Embedded *self, const ShoalOwnAddress *own)
{
  gboolean old = g_inet_address_get_family (own->address) == G_SOCKET_FAMILY_IPV4;
  AvahiAddress avahi = { .proto = old ? AVAHI_PROTO_INET : AVAHI_PROTO_INET6 };
  Address *address = g_new0 (Address, 1);
  int error;

  memcpy (&avahi.data, g_inet_address_to_bytes (own->address),
          g_inet_address_get_native_size (own->address));
  address->interface = own->interface;
  address->address = g_object_ref (own->address);
  address->group = avahi_s_entry_group_new (self->server, on_address_group, self);
  g_ptr_array_add (self->addresses, address);

  /* IPv6 addresses are told in IPv4 packets too, not the other way round: Avahi's defaults. */
  error = avahi_server_add_address (self->server, address->group, (AvahiIfIndex) own->interface,
                                    old ? AVAHI_PROTO_INET : AVAHI_PROTO_UNSPEC,
                                    AVAHI_PUBLISH_NO_REVERSE, NULL, &avahi);
  if (error == AVAHI_OK)
    error = avahi_s_entry_group_commit (address->group);
  if (error != AVAHI_OK)
    g_debug ("An address is not announced: %s", avahi_strerror (error));
}

static void
publish_addresses (gpointer user_data)
{
  Embedded *self = user_data;
  g_autoptr (GPtrArray) wanted = shoal_own_addresses_list ();

  for (guint i = self->addresses->len; i > 0; i--)
    if (!is_wanted (wanted, g_ptr_array_index (self->addresses, i - 1)))
      g_ptr_array_remove_index (self->addresses, i - 1);

  for (guint i = 0; i < wanted->len; i++)
    if (!is_published (self, g_ptr_array_index (wanted, i)))
      publish_address (self, g_ptr_array_index (wanted, i));
}

/* --- Services ------------------------------------------------------------ */

static AvahiStringList *
string_list (GBytes *txt)
{
  g_autoptr (GPtrArray) strings = shoal_txt_split (txt);
  AvahiStringList *list = NULL;

  for (guint i = 0; strings != NULL && i < strings->len; i++)
    {
      size_t size;
      const uint8_t *data = g_bytes_get_data (g_ptr_array_index (strings, i), &size);

      list = avahi_string_list_add_arbitrary (list, data, size);
    }
  return list;
}

static void
announced_free (Announced *self)
{
  if (self->group != NULL)
    avahi_s_entry_group_free (self->group);
  g_free (self);
}

static void
on_service_group (AvahiServer         *server,
                  AvahiSEntryGroup    *group,
                  AvahiEntryGroupState state,
                  void                *user_data)
{
  Announced *self = user_data;

  if (state == AVAHI_ENTRY_GROUP_ESTABLISHED)
    self->embedded->base.events->announced (self->service, self->embedded->base.user_data);
  else if (state == AVAHI_ENTRY_GROUP_COLLISION && self->n_names++ < MAX_NAMES)
    {
      shoal_responder_rename (self->service, self->n_names - 1, self->embedded->base.runtime);
      add (self);
    }
}

static void
add (Announced *self)
{
  AvahiServer *server = self->embedded->server;
  AvahiStringList *txt;
  int error;

  if (server == NULL)
    return;
  if (self->group == NULL)
    self->group = avahi_s_entry_group_new (server, on_service_group, self);
  else
    avahi_s_entry_group_reset (self->group);

  txt = string_list (self->service->txt);
  do
    {
      error = avahi_server_add_service_strlst (server, self->group, AVAHI_IF_UNSPEC,
                                               AVAHI_PROTO_UNSPEC, 0, self->service->name,
                                               SHOAL_MDNS_SERVICE_TYPE, NULL, NULL,
                                               self->service->port, txt);
      if (error == AVAHI_ERR_COLLISION)
        {
          shoal_responder_rename (self->service, 0, self->embedded->base.runtime);
          avahi_s_entry_group_reset (self->group);
        }
    }
  while (error == AVAHI_ERR_COLLISION && self->n_names++ < MAX_NAMES);
  avahi_string_list_free (txt);

  if (error == AVAHI_OK)
    error = avahi_s_entry_group_commit (self->group);
  if (error != AVAHI_OK)
    g_message ("“%s” is not announced: %s", self->service->name, avahi_strerror (error));
}

static void
embedded_publish (ShoalResponder *base, ShoalService *service)
{
  Embedded *self = (Embedded *) base;
  Announced *announced = service->slot;

  if (announced == NULL)
    {
      announced = service->slot = g_new0 (Announced, 1);
      announced->embedded = self;
      announced->service = service;
      g_ptr_array_add (self->services, announced);
    }
  add (announced);
}

static void
embedded_update (ShoalResponder *base, ShoalService *service)
{
  Embedded *self = (Embedded *) base;
  Announced *announced = service->slot;
  AvahiStringList *txt;

  if (announced == NULL || announced->group == NULL
      || avahi_s_entry_group_is_empty (announced->group))
    {
      embedded_publish (base, service);
      return;
    }

  txt = string_list (service->txt);
  if (avahi_server_update_service_txt_strlst (self->server, announced->group, AVAHI_IF_UNSPEC,
                                              AVAHI_PROTO_UNSPEC, 0, service->name,
                                              SHOAL_MDNS_SERVICE_TYPE, NULL, txt)
      != AVAHI_OK)
    add (announced);
  avahi_string_list_free (txt);
}

static void
embedded_withdraw (ShoalResponder *base, ShoalService *service)
{
  Embedded *self = (Embedded *) base;

  if (service->slot != NULL)
    g_ptr_array_remove (self->services, service->slot);
  service->slot = NULL;
}

/* --- Life ---------------------------------------------------------------- */

static void
on_server_state (AvahiServer *server, AvahiServerState state, void *user_data)
{
  Embedded *self = user_data;

  if (state == AVAHI_SERVER_COLLISION && self->name_timer == 0)
    self->name_timer = shoal_runtime_add_timer (self->base.runtime, 0, on_name_taken, self);
  else if (state == AVAHI_SERVER_FAILURE)
    fail (self, avahi_server_errno (server));
}

/* Its own goes to standard error. Much of what it warns of, such as an interface without route, is
 * of no interest. */
static void
on_log (AvahiLogLevel level, const char *text)
{
  g_debug ("libavahi-core: %s", text);
}

static void
make_server (Embedded *self)
{
  AvahiServerConfig config;
  g_autofree char *name = random_host_name (self);
  int error;

  avahi_set_log_function (on_log);
  avahi_server_config_init (&config);
  avahi_free (config.host_name);
  config.host_name = avahi_strdup (name);
  config.publish_hinfo = config.publish_addresses = config.publish_workstation = 0;
  config.publish_domain = 0;
  config.enable_wide_area = 0;
  config.disallow_other_stacks = 0;
  for (const char *const *only = self->base.interfaces; only != NULL && *only != NULL; only++)
    config.allow_interfaces = avahi_string_list_add (config.allow_interfaces, *only);
  self->server = avahi_server_new (self->poll, &config, on_server_state, self, &error);
  avahi_server_config_free (&config);

  if (self->server == NULL)
    {
      fail (self, error);
      return;
    }

  publish_addresses (self);
  self->watch = shoal_address_watch_new (self->base.runtime, self->base.context,
                                         publish_addresses, self);
}

static void
on_start (gpointer user_data)
{
  Embedded *self = user_data;

  self->start_timer = 0;
  if (self->server == NULL)
    return;
  self->browser = avahi_s_service_browser_new (self->server, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                               SHOAL_MDNS_SERVICE_TYPE, "local", 0, on_browsed,
                                               self);
  if (self->browser == NULL)
    fail (self, avahi_server_errno (self->server));
  else
    self->base.events->ready (self->base.user_data);
}

static void
embedded_free (ShoalResponder *base)
{
  Embedded *self = (Embedded *) base;

  shoal_runtime_clear_timer (self->base.runtime, &self->start_timer);
  shoal_runtime_clear_timer (self->base.runtime, &self->trouble_timer);
  shoal_runtime_clear_timer (self->base.runtime, &self->name_timer);
  g_clear_pointer (&self->watch, shoal_address_watch_free);
  g_clear_pointer (&self->browser, avahi_s_service_browser_free);
  g_hash_table_unref (self->resolvers);
  g_ptr_array_unref (self->services);
  g_ptr_array_unref (self->addresses);
  /* Sends the goodbyes that wait, at once. */
  g_clear_pointer (&self->server, avahi_server_free);
  shoal_avahi_poll_free (self->poll);
  g_free (self->trouble);
  g_free (self);
}

ShoalResponder *
shoal_embedded_responder_new (const ShoalResponder *base)
{
  Embedded *self = g_new0 (Embedded, 1);

  self->base = *base;
  self->base.publish = embedded_publish;
  self->base.update = embedded_update;
  self->base.withdraw = embedded_withdraw;
  self->base.free = embedded_free;
  self->poll = shoal_avahi_poll_new (base->runtime, base->context);
  self->resolvers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) resolver_free);
  self->services = g_ptr_array_new_with_free_func ((GDestroyNotify) announced_free);
  self->addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) address_free);
  make_server (self);
  self->start_timer = shoal_runtime_add_timer (base->runtime, 0, on_start, self);
  return &self->base;
}
