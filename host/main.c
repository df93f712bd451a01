/* agenthost: order of start-up, nothing else. */
int main(void)
{
    return 0;
}
