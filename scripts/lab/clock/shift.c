/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A wall clock that is set, for one process (LD_PRELOAD): what its libc answers about CLOCK_REALTIME is
 * shifted by the nanoseconds in the file that XS_CLOCK_SHIFT names, as they are at that moment. All other
 * clocks, and the machine's, are let be.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL

static const volatile int64_t *shift_ns;

__attribute__((constructor)) static void map_shift(void)
{
	const char *path = getenv("XS_CLOCK_SHIFT");
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (file < 0)
		return;
	void *mapped = mmap(NULL, sizeof(*shift_ns), PROT_READ, MAP_SHARED, file, 0);
	if (mapped != MAP_FAILED)
		shift_ns = mapped;
	close(file);
}

static void shift(struct timespec *time)
{
	int64_t ns = shift_ns ? *shift_ns : 0;

	time->tv_sec += ns / NS_PER_SECOND;
	time->tv_nsec += ns % NS_PER_SECOND;
	if (time->tv_nsec >= NS_PER_SECOND) {
		time->tv_nsec -= NS_PER_SECOND;
		time->tv_sec++;
	} else if (time->tv_nsec < 0) {
		time->tv_nsec += NS_PER_SECOND;
		time->tv_sec--;
	}
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
	int failed = syscall(SYS_clock_gettime, clock, time);

	if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		shift(time);
	return failed;
}

int gettimeofday(struct timeval *time, void *zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now))
		return -1;
	time->tv_sec = now.tv_sec;
	time->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *seconds)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now))
		return -1;
	if (seconds)
		*seconds = now.tv_sec;
	return now.tv_sec;
}
