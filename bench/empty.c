/* What the system takes to start and end a program that does nothing. */
int main(void)
{
    return 0;
}
