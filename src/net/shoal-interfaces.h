/* shoal-interfaces.h: the network interfaces of this computer, and which to use.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  SHOAL_INTERFACE_ETHERNET,
  SHOAL_INTERFACE_WIFI,
  SHOAL_INTERFACE_VPN,       /* a tunnel */
  SHOAL_INTERFACE_CONTAINER, /* of containers and virtual machines here */
  SHOAL_INTERFACE_OTHER,
} ShoalInterfaceKind;

#define SHOAL_TYPE_INTERFACE_KIND (shoal_interface_kind_get_type ())
GType shoal_interface_kind_get_type (void);

typedef struct
{
  char              *name;
  guint              index;
  ShoalInterfaceKind kind;
  gboolean           is_up;     /* and has an address */
  GPtrArray         *addresses; /* (owned) of GInetAddress */
} ShoalInterface;

void       shoal_interface_free  (ShoalInterface *self);
/* Without loopback, as the kernel has them now.
 * Returns: (transfer full) (element-type ShoalInterface) */
GPtrArray *shoal_interfaces_list (void);
/* By its name, and whether it is @point_to_point and @wireless. Pure. */
ShoalInterfaceKind shoal_interface_guess_kind (const char *name, gboolean point_to_point,
                                               gboolean wireless);

/**
 * ShoalInterfaces:
 *
 * Which may be used: all, or those of some names, whether they are there now or
 * not. Loopback always may. One is shared by listener, connector and discovery
 * of a device. Reference-counted; engine context's thread.
 */
typedef struct _ShoalInterfaces ShoalInterfaces;

ShoalInterfaces   *shoal_interfaces_new       (void);
ShoalInterfaces   *shoal_interfaces_ref       (ShoalInterfaces *self);
void               shoal_interfaces_unref     (ShoalInterfaces *self);
/* @names: none: all. */
void               shoal_interfaces_set_names (ShoalInterfaces *self, const char *const *names);
gboolean           shoal_interfaces_are_all   (ShoalInterfaces *self);
/* @index: as of the kernel; 0 (unknown) may. */
gboolean           shoal_interfaces_may_use   (ShoalInterfaces *self, guint index);
/* An address of this computer: is it one of those? Asks the kernel. */
gboolean           shoal_interfaces_may_use_own (ShoalInterfaces *self, GInetAddress *own);
/* The address of ours that packets to @address would go from; nothing is sent.
 * Returns: (transfer full) (nullable): there is no way */
GInetAddress      *shoal_interfaces_get_source (GSocketAddress *address);
/* An address of this computer, whichever interface has it. Asks the kernel. */
gboolean           shoal_interfaces_is_own (GInetAddress *address);
/* Our addresses on those, without link-local ones.
 * Returns: (transfer full) (element-type GInetAddress) */
GPtrArray         *shoal_interfaces_list_own (ShoalInterfaces *self);
/**
 * shoal_interfaces_route:
 * @address: where to
 *
 * How to go there by those that may be used: @address itself if the kernel would
 * do so, else the same by each of those that has an address of that family.
 * Empty: there is no way.
 *
 * Returns: (transfer full) (element-type GSocketAddress)
 */
GPtrArray         *shoal_interfaces_route     (ShoalInterfaces *self, GSocketAddress *address);

G_END_DECLS
