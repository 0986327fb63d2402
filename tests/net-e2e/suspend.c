/* suspend.c: what a computer's sleep looks like to a program, by LD_PRELOAD: the
 * monotonic clock lacks the time that it slept, CLOCK_BOOTTIME does not. How long that
 * was (int64, nanoseconds) stands in the file that SHOAL_SUSPEND names.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000

int clock_gettime (clockid_t clock, struct timespec *now);

static const volatile int64_t *
map_file (void)
{
  const char *path = getenv ("SHOAL_SUSPEND");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *slept;

  if (fd < 0)
    abort ();
  slept = mmap (NULL, sizeof (int64_t), PROT_READ, MAP_SHARED, fd, 0);
  close (fd);
  if (slept == MAP_FAILED)
    abort ();
  return slept;
}

int
clock_gettime (clockid_t clock, struct timespec *now)
{
  static int (*real) (clockid_t clock, struct timespec *now);
  static const volatile int64_t *slept;
  int64_t time;

  if (real == NULL)
    {
      slept = map_file ();
      *(void **) &real = dlsym (RTLD_NEXT, "clock_gettime");
    }
  if (real (clock, now) != 0)
    return -1;
  if (clock == CLOCK_MONOTONIC)
    {
      time = (int64_t) now->tv_sec * SECOND + now->tv_nsec - *slept;
      now->tv_sec = time / SECOND;
      now->tv_nsec = time % SECOND;
    }
  return 0;
}
